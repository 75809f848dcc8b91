"""Statistics of agreement between annotations, usable on their own.

`from annotations.agreement import cohen_kappa`
"""

from annotations.agreement.delta import dependent_kappas, holm, kappa_difference
from annotations.agreement.kappa import clustered_kappa, cohen_kappa
from annotations.agreement.mcnemar import clustered_mcnemar, mcnemar
from annotations.agreement.resampling import bootstrap_difference
from annotations.agreement.result import Result
from annotations.agreement.table import TableError, agreement_weights, cluster_tables

__all__ = [
    "Result",
    "TableError",
    "agreement_weights",
    "bootstrap_difference",
    "cluster_tables",
    "clustered_kappa",
    "clustered_mcnemar",
    "cohen_kappa",
    "dependent_kappas",
    "holm",
    "kappa_difference",
    "mcnemar",
]
