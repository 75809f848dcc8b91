"""Linear mixed models: reading times with readers and exams crossed, and random slopes.

statsmodels' MixedLM, restricted maximum likelihood; its tests are Wald's against the normal distribution
(neither Satterthwaite's nor Kenward and Roger's degrees of freedom are there), so the effect of assistance is
also tested by the likelihood ratio of two maximum-likelihood fits. It holds one dense matrix over all rows,
so large data are refused with the reason.
References: Bates et al., J Stat Softw 2015;67(1); Baayen, Davidson and Bates, J Mem Lang 2008;59:390.
"""

import warnings
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.linalg import LinAlgError
from numpy.typing import ArrayLike
from scipy import stats
from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec

from annotations.agreement.kappa import TINY
from annotations.agreement.result import Result
from annotations.agreement.table import Floats, TableError

REFERENCE = "Bates et al. 2015"
MAX_ROWS, MAX_LEVELS = 2_000, 150
TOO_LARGE = (
    "left out: {rows} rows with {levels} random levels would take minutes (the model holds dense matrices); "
    f"at most {MAX_ROWS} rows and {MAX_LEVELS} levels are fitted"
)
NO_FIT = "the model did not converge"
OPTIMISERS = (("lbfgs", "powell"), ("bfgs",), ("powell",), ("cg",), ("nm",))
NO_LEVELS = "a random effect needs two levels or more, and more rows than levels"


def mixed_model(
    response: ArrayLike,
    random: Mapping[str, Sequence[Hashable]],
    fixed: Mapping[str, ArrayLike] | None = None,
    slope: str | None = None,
    confidence: float = 0.95,
) -> dict[str, Result]:
    """Each fixed effect by name, the intercept first, and the variance components in its details.

    response: (n,). random: crossed random intercepts by name, labels (n,). fixed: covariates (n,). slope: a
    covariate whose slope varies with the one random effect (correlated with its intercept). details of
    "intercept": var_<name>, var_residual, and var_intercept, var_slope, covariance with a slope. Rows with a
    missing value are left out. Raises TableError when lengths differ.
    """
    covariates = dict(fixed or {})
    frame = _frame(response, random, covariates)
    complete = frame.dropna()
    left_out = len(frame) - len(complete)
    base = Result(
        confidence=confidence,
        ci_method="normal, restricted maximum likelihood",
        test="effect = 0, Wald z",
        n_units=len(complete),
        left_out={"a value is missing": left_out} if left_out else {},
        reason=NO_FIT,
        reference=REFERENCE,
    )
    names = ["intercept", *covariates]
    if reason := _refused(complete, random):
        return {name: replace(base, reason=reason) for name in names}
    exog = np.column_stack([np.ones(len(complete)), *(complete[("fixed", name)] for name in covariates)])
    try:
        fitted, noted = _fit(complete, exog, list(random), list(covariates), slope)
    except (LinAlgError, ValueError, ZeroDivisionError):
        return dict.fromkeys(names, base)
    return _results(fitted, names, replace(base, warnings=noted), list(random), slope)


def _frame(
    response: ArrayLike, random: Mapping[str, Sequence[Hashable]], fixed: Mapping[str, ArrayLike]
) -> pd.DataFrame:
    y = np.asarray(response, dtype=np.float64)
    columns: dict[tuple[str, str], object] = {("response", ""): y}
    columns |= {("random", name): list(labels) for name, labels in random.items()}
    columns |= {("fixed", name): np.asarray(values, dtype=np.float64) for name, values in fixed.items()}
    if any(len(values) != len(y) for values in columns.values() if isinstance(values, (list, np.ndarray))):
        raise TableError("The response, the random effects and the covariates must have one entry per row.")
    return pd.DataFrame(columns)


def _refused(frame: pd.DataFrame, random: Mapping[str, Sequence[Hashable]]) -> str:
    levels = [frame[("random", name)].nunique() for name in random]
    if not levels or min(levels) < 2 or len(frame) <= max(levels):
        return NO_LEVELS
    if frame[("response", "")].std() < TINY:
        return "the response does not vary"
    crossed = sum(levels) if len(levels) > 1 else 0
    if len(levels) > 1 and (len(frame) > MAX_ROWS or crossed > MAX_LEVELS):
        return TOO_LARGE.format(rows=len(frame), levels=crossed)
    return ""


def _fit(
    frame: pd.DataFrame,
    exog: Floats,
    random: Sequence[str],
    covariates: Sequence[str],
    slope: str | None,
    reml: bool = True,
) -> tuple[object, tuple[str, ...]]:
    y = frame[("response", "")].to_numpy()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if len(random) == 1:
            columns = [0] if slope is None else [0, 1 + list(covariates).index(slope)]
            model = MixedLM(y, exog, frame[("random", random[0])].to_numpy(), exog_re=exog[:, columns])
        else:
            model = MixedLM(y, exog, np.zeros(len(y)), exog_re=None, exog_vc=_crossed(frame, random))
            model.k_re, model.k_re2 = 0, 0
        fitted = _maximum(model, reml)
    noted = tuple(sorted({str(w.message).split("\n")[0] for w in caught if "boundary" in str(w.message)}))
    return fitted, noted


def _maximum(model: MixedLM, reml: bool) -> object:
    """The fit by the first optimiser that ends in a regular point: with one random effect, L-BFGS often steps
    to where the information matrix is singular. Raises LinAlgError where none does."""
    for method in OPTIMISERS:
        try:
            fitted = model.fit(reml=reml, method=list(method))
        except (LinAlgError, ZeroDivisionError):
            continue
        if np.isfinite(fitted.llf):
            return fitted
    raise LinAlgError(NO_FIT)


def _crossed(frame: pd.DataFrame, random: Sequence[str]) -> VCSpec:
    indicators = [pd.get_dummies(frame[("random", name)], dtype=float) for name in random]
    columns = [[[str(level) for level in table.columns]] for table in indicators]
    return VCSpec(list(random), columns, [[table.to_numpy()] for table in indicators])


def _results(
    fitted: object, names: Sequence[str], base: Result, random: Sequence[str], slope: str | None
) -> dict[str, Result]:
    estimates = np.asarray(getattr(fitted, "fe_params"))  # noqa: B009 untyped library
    errors = np.asarray(getattr(fitted, "bse_fe"))  # noqa: B009
    quantile = float(stats.norm.ppf(0.5 + (base.confidence or 0.95) / 2))
    components = _components(fitted, random, slope)
    found = {}
    for name, estimate, se in zip(names, estimates.tolist(), errors.tolist(), strict=True):
        if not (np.isfinite(estimate) and np.isfinite(se) and se > TINY):
            found[name] = base
            continue
        z = estimate / se
        result = replace(
            base, estimate=estimate, se=se, lo=estimate - quantile * se, hi=estimate + quantile * se
        )
        result = replace(result, statistic=z, p=float(2 * stats.norm.sf(abs(z))), reason="")
        found[name] = replace(result, details=components) if name == "intercept" else result
    return found


def _components(fitted: object, random: Sequence[str], slope: str | None) -> dict[str, float]:
    named = {"var_residual": float(getattr(fitted, "scale"))}  # noqa: B009
    if len(random) > 1:
        values = np.asarray(getattr(fitted, "vcomp")).tolist()  # noqa: B009
        return named | {f"var_{name}": value for name, value in zip(random, values, strict=True)}
    spread = np.asarray(getattr(fitted, "cov_re"))  # noqa: B009
    named |= {f"var_{random[0]}": float(spread[0, 0])}
    if slope is None:
        return named
    shape = {"var_slope": float(spread[1, 1]), "covariance": float(spread[0, 1])}
    return named | {"var_intercept": float(spread[0, 0])} | shape


def likelihood_ratio(
    response: ArrayLike,
    random: Mapping[str, Sequence[Hashable]],
    fixed: Mapping[str, ArrayLike],
    tested: str,
) -> tuple[float, float] | None:
    """Twice the gain in log likelihood from the covariate `tested`, and p by chi-square with one degree of
    freedom; None where either model cannot be fitted. Both are maximum-likelihood fits on the same rows."""
    complete = _frame(response, random, fixed).dropna()
    if _refused(complete, random):
        return None
    gains = []
    for names in (list(fixed), [name for name in fixed if name != tested]):
        columns = [np.ones(len(complete)), *(complete[("fixed", name)] for name in names)]
        try:
            fitted, _ = _fit(complete, np.column_stack(columns), list(random), names, None, reml=False)
        except (LinAlgError, ValueError, ZeroDivisionError):
            return None
        gains.append(float(getattr(fitted, "llf")))  # noqa: B009 untyped library
    statistic = max(2 * (gains[0] - gains[1]), 0.0)
    return (statistic, float(stats.chi2.sf(statistic, 1))) if np.isfinite(statistic) else None


def reading_time(
    seconds: ArrayLike,
    reader: Sequence[Hashable],
    exam: Sequence[Hashable],
    assisted: ArrayLike,
    confidence: float = 0.95,
    **covariates: ArrayLike,
) -> Result:
    """Effect of assistance (0 or 1) on the log of active reading time, readers and exams crossed.

    estimate, se, lo, hi: on the log scale. details: ratio, ratio_lo, ratio_hi of assisted to unassisted time,
    the variance components, and likelihood_ratio with p_likelihood_ratio. Times that are not positive are
    left out. covariates: (n,), e.g. position.
    """
    times = np.asarray(seconds, dtype=np.float64)
    positive = np.where(times > 0, times, np.nan)
    fixed = {"assisted": assisted, **covariates}
    found = mixed_model(np.log(positive), {"reader": reader, "exam": exam}, fixed, confidence=confidence)
    result = found["assisted"]
    if result.estimate is None or result.lo is None or result.hi is None:
        return result
    ratio = {"ratio": result.estimate, "ratio_lo": result.lo, "ratio_hi": result.hi}
    details = {name: float(np.exp(value)) for name, value in ratio.items()}
    details |= dict(found["intercept"].details)
    ratio_test = likelihood_ratio(np.log(positive), {"reader": reader, "exam": exam}, fixed, "assisted")
    if ratio_test is not None:
        details |= {"likelihood_ratio": ratio_test[0], "p_likelihood_ratio": ratio_test[1]}
    return replace(result, details=details)
