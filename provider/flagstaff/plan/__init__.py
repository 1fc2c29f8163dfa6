"""Planning: a pure function from what is wanted, live and recorded to what would be done."""
