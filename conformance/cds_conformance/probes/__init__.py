"""What is sent: each file holds the requests of one kind; none of them judges."""
