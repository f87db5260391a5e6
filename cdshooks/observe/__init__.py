"""What is told to those who run the service: counts, log lines and spans; never anything of a patient."""
