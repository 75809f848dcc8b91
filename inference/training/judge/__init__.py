"""The evaluation report of the paper (Gao et al. 2022) on annotated exams: `evaluate report`."""
