"""What the cards ask and how it is decided: answers, verbs, the language, notions, decisions and their traces."""
