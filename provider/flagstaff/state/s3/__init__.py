"""The state in a bucket: objects that are written under conditions only, a lease among them."""
