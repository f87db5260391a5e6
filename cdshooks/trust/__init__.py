"""Who calls: trusted clients, their keys, their tokens, and which tokens were used before."""
