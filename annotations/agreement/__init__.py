"""Statistics of agreement between annotations, usable on their own.

`from annotations.agreement import cohen_kappa`

Every function answers with a `Result` (or a dict of them by name): estimate, standard error, interval and
its method, test, units, clusters, what was left out, warnings, reference. What cannot be estimated is a
`Result` with a reason, never NaN and never an exception; exceptions are for tables that are no tables.

Two readers take one table of counts (k, k), units independent, or one per cluster (K, k, k):
    cohen_kappa, clustered_kappa, scott_pi, brennan_prediger, pabak, gwet_ac, percent_agreement,
    specific_agreement, presence_kappa, type_kappa, krippendorff_alpha_table
Several readers take ratings (n, R) with None or NaN where missing, and clusters (n,) if there are any:
    fleiss_kappa, category_kappas, light_kappa, krippendorff_alpha, krippendorff_alpha_irr (as in R's irr),
    several_readers(ratings, name) for "conger", "gwet", "brennan_prediger", "percent", and
    from_counts(counts, name) from counts (n, k)
Change and margins:
    kappa_difference, dependent_kappas, joint_change, bootstrap_difference, mcnemar, clustered_mcnemar,
    paired_difference, bowker, stuart_maxwell, bhapkar, clustered_margins, holm
Against truth:
    proportion, clustered_proportion, proportion_difference, binary_accuracy (sensitivity, specificity,
    predictive values, accuracy, kappa), accuracy (the same, overall and per type), likelihood_ratios,
    bland_altman, pearson, dice
Several readers, several cases:
    obuchowski_rockette, u_statistic
Memory of cases:
    d_prime
Time and influence:
    mixed_model, reading_time, influence_split, switch_table
Design:
    size_mcnemar, size_kappa_gain, power_mcnemar, power_exact_mcnemar, size_kappa, size_kappa_fit,
    size_kappa_categories, precision_kappa, precision_kappa_wald, design_effect, simulate_power

`python -m annotations.agreement verify CASES.json` runs published cases through all of them.
"""

from annotations.agreement.accuracy import accuracy, binary_accuracy, likelihood_ratios
from annotations.agreement.alpha import krippendorff_alpha, krippendorff_alpha_irr
from annotations.agreement.delta import dependent_kappas, holm, joint_change, kappa_difference
from annotations.agreement.design import (
    design_effect,
    power_exact_mcnemar,
    power_mcnemar,
    precision_kappa,
    precision_kappa_wald,
    size_kappa,
    size_kappa_categories,
    size_kappa_fit,
    size_kappa_gain,
    size_mcnemar,
)
from annotations.agreement.dprime import d_prime
from annotations.agreement.fleiss import category_kappas, fleiss_kappa
from annotations.agreement.influence import influence_split, switch_table
from annotations.agreement.kappa import clustered_kappa, cohen_kappa
from annotations.agreement.margins import bhapkar, bowker, clustered_margins, stuart_maxwell
from annotations.agreement.mcnemar import clustered_mcnemar, mcnemar
from annotations.agreement.mixed import mixed_model, reading_time
from annotations.agreement.mrmc import obuchowski_rockette, u_statistic
from annotations.agreement.multi import from_counts, light_kappa, several_readers
from annotations.agreement.paired import paired_difference
from annotations.agreement.proportions import clustered_proportion, proportion, proportion_difference
from annotations.agreement.resampling import bootstrap_difference
from annotations.agreement.result import Result
from annotations.agreement.simulation import Design, simulate_power, simulate_precision
from annotations.agreement.table import TableError, cluster_tables
from annotations.agreement.two_readers import (
    brennan_prediger,
    gwet_ac,
    krippendorff_alpha_table,
    pabak,
    percent_agreement,
    presence_kappa,
    scott_pi,
    specific_agreement,
    two_readers,
    type_kappa,
)
from annotations.agreement.volumes import bland_altman, dice, pearson
from annotations.agreement.weights import agreement_weights, from_disagreement

__all__ = [
    "Design",
    "Result",
    "TableError",
    "accuracy",
    "agreement_weights",
    "bhapkar",
    "binary_accuracy",
    "bland_altman",
    "bootstrap_difference",
    "bowker",
    "brennan_prediger",
    "category_kappas",
    "cluster_tables",
    "clustered_kappa",
    "clustered_margins",
    "clustered_mcnemar",
    "clustered_proportion",
    "cohen_kappa",
    "d_prime",
    "dependent_kappas",
    "design_effect",
    "dice",
    "fleiss_kappa",
    "from_counts",
    "from_disagreement",
    "gwet_ac",
    "holm",
    "influence_split",
    "joint_change",
    "kappa_difference",
    "krippendorff_alpha",
    "krippendorff_alpha_irr",
    "krippendorff_alpha_table",
    "light_kappa",
    "likelihood_ratios",
    "mcnemar",
    "mixed_model",
    "obuchowski_rockette",
    "pabak",
    "paired_difference",
    "pearson",
    "percent_agreement",
    "power_exact_mcnemar",
    "power_mcnemar",
    "precision_kappa",
    "precision_kappa_wald",
    "presence_kappa",
    "proportion",
    "proportion_difference",
    "reading_time",
    "scott_pi",
    "several_readers",
    "simulate_power",
    "simulate_precision",
    "size_kappa",
    "size_kappa_categories",
    "size_kappa_fit",
    "size_kappa_gain",
    "size_mcnemar",
    "specific_agreement",
    "stuart_maxwell",
    "switch_table",
    "two_readers",
    "type_kappa",
    "u_statistic",
]
