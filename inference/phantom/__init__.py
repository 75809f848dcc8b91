"""A synthetic lumbar phantom: T1 and T2 sagittal series with known Modic changes."""
