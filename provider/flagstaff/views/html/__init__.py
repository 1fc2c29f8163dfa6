"""Documents as one HTML file each: no script, nothing loaded, readable without colour, in the dark and on paper."""
