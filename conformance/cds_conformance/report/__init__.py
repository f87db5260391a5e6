"""What the judge says, and the forms in which it is said: text, JSON, JUnit, HTML."""
