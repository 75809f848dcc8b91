"""What every report of agreement must say beside its figures.

Source: Gao et al., JOR Spine 2022, section 4.
"""

RESEARCH_ONLY = "Research use only, not a medical device."

LIMITS: tuple[str, ...] = (
    "Research use only, not a medical device: neither the Modic maps nor these figures are a standalone "
    "diagnostic device.",
    "The networks were trained on a small data set that does not stand for every scanner, institution and "
    "population; their model cards say on what.",
    "Type 3 changes are poorly represented in training and rare among the graded halves: what is said of "
    "them rests on few units.",
    "Where the same persons labelled training data and read in the study, agreement is biased towards the "
    "model.",
    "Kappa measures agreement between readers, not correctness: two readers led astray by the same map "
    "agree.",
    "Halves of one exam are correlated. Primary intervals and tests take the exam as the cluster; with few "
    "exams they remain approximate.",
)
