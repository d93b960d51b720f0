"""What is personal in texts: phone, e-mail and card numbers. No I/O."""
