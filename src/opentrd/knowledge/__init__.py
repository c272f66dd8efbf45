"""What is known: tables and definitions with their sources, one loader that checks them."""
