"""Members of Congress with their terms, from the public congress-legislators project."""
