"""HCL: from text to nodes with positions, and from nodes to values. Pure: no I/O."""
