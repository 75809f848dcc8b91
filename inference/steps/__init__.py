"""The stages of the paper, one file each; none calls another."""
