"""The program `polyai-data`: what the package does, at a prompt."""
