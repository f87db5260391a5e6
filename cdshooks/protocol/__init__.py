"""The words of CDS Hooks: requests, discovery, prefetch, and how a decision becomes a card."""
