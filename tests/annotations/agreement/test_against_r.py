"""Debian's R packages as an independent oracle: psych, vcd, epiR, coin, survey, lme4 and lmerTest.

Not asked of them, as both are wrong: psych 2.2.9's error of weighted kappa and epiR's "fleiss" interval.
"""

import json
import shutil
import subprocess

import numpy as np
import pytest

from annotations.agreement import (
    bowker,
    cohen_kappa,
    likelihood_ratios,
    mcnemar,
    mixed_model,
    pabak,
    pearson,
    proportion,
    proportion_difference,
    stuart_maxwell,
)

RSCRIPT = shutil.which("Rscript")
SKIN = [[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]]  # SAS documentation, dermatologists


def r(package, code, **values):
    """The numbers that R code leaves in `answer`; skipped where R or the package is absent."""
    if RSCRIPT is None:
        pytest.skip("R is not installed")
    lines = [f"if (!requireNamespace('{package}', quietly = TRUE)) {{ cat('ABSENT'); quit() }}"]
    lines += [f"suppressMessages(library({package}))"]
    for name, value in values.items():
        array = np.asarray(value)
        flat = ", ".join(json.dumps(x) for x in array.ravel(order="F").tolist())
        lines.append(f"{name} <- c({flat})")
        if array.ndim == 2:
            lines.append(f"dim({name}) <- c({array.shape[0]}, {array.shape[1]})")
    lines += [code, "cat(format(as.numeric(answer), digits = 17), sep = '\\n')"]
    done = subprocess.run(
        [RSCRIPT, "--vanilla", "-e", "\n".join(lines)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    if "ABSENT" in done.stdout:
        pytest.skip(f"R is not installed with the package {package}")
    return [float(line) for line in done.stdout.split()]


def test_kappa_and_its_standard_error_are_vcds():
    for ours, theirs in ((None, "Equal-Spacing"), ("linear", "Equal-Spacing"), ("quadratic", "Fleiss-Cohen")):
        part = "Unweighted" if ours is None else "Weighted"
        answer = r("vcd", f"k <- Kappa(as.table(t), weights = '{theirs}'); answer <- k${part}", t=SKIN)
        result = cohen_kappa(SKIN, ours)
        assert [result.estimate, result.se] == pytest.approx(answer, abs=1e-9)


def test_kappa_is_psychs():
    answer = r("psych", "k <- cohen.kappa(t); answer <- c(k$kappa, k$weighted.kappa)", t=SKIN)
    assert [cohen_kappa(SKIN, w).estimate for w in (None, "quadratic")] == pytest.approx(answer, abs=1e-9)


def test_pabak_and_mcnemar_are_epirs():
    table = [[19, 10], [6, 256]]
    answer = r(
        "epiR", "k <- epi.kappa(t, conf.level = 0.95); answer <- c(unlist(k$pabak), unlist(k$z[1]))", t=table
    )
    result = pabak(table)
    assert [result.estimate, result.lo, result.hi] == pytest.approx(answer[:3], abs=1e-6)
    assert cohen_kappa(table).statistic == pytest.approx(answer[3], abs=1e-6)


def test_accuracy_is_epirs():
    code = """
    d <- epi.tests(t, method = 'exact', digits = 4)$detail
    answer <- unlist(d[d$statistic %in% c('se', 'sp', 'lr.pos', 'lr.neg'), 2:4])
    """
    answer = np.reshape(r("epiR", code, t=[[670, 202], [74, 640]]), (3, 4)).T
    exact = [proportion(670, 744)["clopper_pearson"], proportion(640, 842)["clopper_pearson"]]
    ratios = likelihood_ratios([[640, 202], [74, 670]])
    ours = [[x.estimate, x.lo, x.hi] for x in (*exact, ratios["positive"], ratios["negative"])]
    assert np.array(ours) == pytest.approx(answer, abs=1e-6)


def test_marginal_homogeneity_is_coins():
    code = "m <- mh_test(as.table(t)); answer <- c(statistic(m), pvalue(m))"
    answer = r("coin", code, t=SKIN)
    result = stuart_maxwell(SKIN)
    assert [result.statistic, result.p] == pytest.approx(answer, abs=1e-8)


def test_bowker_and_mcnemar_are_base_rs():
    full = [[10, 4, 3], [5, 10, 12], [2, 4, 12]]
    answer = r("stats", "m <- mcnemar.test(t); answer <- c(m$statistic, m$p.value)", t=full)
    assert [bowker(full).statistic, bowker(full).p] == pytest.approx(answer, abs=1e-10)
    code = "m <- mcnemar.test(t); e <- binom.test(t[1,2], t[1,2] + t[2,1]); answer <- c(m$p.value, e$p.value)"
    tests = mcnemar(6, 16)
    answer = r("stats", code, t=[[59, 6], [16, 80]])
    assert [tests["corrected"].p, tests["exact"].p] == pytest.approx(answer, abs=1e-10)


def test_the_correlation_is_base_rs():
    x, y = [1.0, 2.5, 3.1, 4.8, 5.0, 7.7], [2.2, 1.9, 4.1, 4.0, 6.6, 6.1]
    answer = r("stats", "m <- cor.test(x, y); answer <- c(m$estimate, m$conf.int, m$p.value)", x=x, y=y)
    result = pearson(x, y)
    assert [result.estimate, result.lo, result.hi, result.p] == pytest.approx(answer, abs=1e-10)


def test_clustered_proportions_are_those_of_survey():
    """The ratio estimator with clusters as primary sampling units."""
    x_a, x_b, n = [3, 5, 2, 6, 1, 4], [4, 5, 3, 6, 3, 5], [6, 7, 4, 6, 5, 6]
    code = """
    unit <- function(x) unlist(mapply(function(k, m) c(rep(1, k), rep(0, m - k)), x, n))
    d <- data.frame(id = rep(seq_along(n), n), a = unit(xa), b = unit(xb))
    s <- svydesign(ids = ~id, data = d, weights = ~1)
    m <- svymean(~a + b, s); v <- vcov(m)
    answer <- c(coef(m), SE(m), sqrt(v[1,1] + v[2,2] - 2 * v[1,2]))
    """
    answer = r("survey", code, xa=x_a, xb=x_b, n=n)
    result = proportion_difference(x_a, n, x_b, n)
    ours = [result.details[key] for key in ("a", "b", "se_a", "se_b")]
    assert [*ours, result.se] == pytest.approx(answer, abs=1e-9)


def crossed():
    generator = np.random.default_rng(8)
    reader, exam, arm = (axis.ravel() for axis in np.meshgrid(range(4), range(15), range(2), indexing="ij"))
    noise = generator.normal(size=len(arm)) * 0.3
    y = 4 + generator.normal(size=4)[reader] * 0.4 + generator.normal(size=15)[exam] * 0.5 - 0.2 * arm + noise
    return y.tolist(), reader.tolist(), exam.tolist(), arm.tolist()


def test_readers_crossed_with_exams_are_lme4s():
    y, reader, exam, arm = crossed()
    code = """
    m <- lmer(y ~ arm + (1 | factor(reader)) + (1 | factor(exam)))
    v <- as.data.frame(VarCorr(m))$vcov
    answer <- c(fixef(m), sqrt(diag(as.matrix(vcov(m)))), sort(v))
    """
    answer = r("lme4", code, y=y, reader=reader, exam=exam, arm=arm)
    found = mixed_model(y, {"reader": reader, "exam": exam}, {"arm": arm})
    intercept, effect = found["intercept"], found["arm"]
    spread = sorted(intercept.details[f"var_{name}"] for name in ("reader", "exam", "residual"))
    ours = [intercept.estimate, effect.estimate, intercept.se, effect.se, *spread]
    assert ours == pytest.approx(answer, rel=5e-3)


def test_walds_z_is_close_to_lmertests_satterthwaite_t():
    y, reader, exam, arm = crossed()
    code = """
    m <- lmer(y ~ arm + (1 | factor(reader)) + (1 | factor(exam)))
    answer <- summary(m)$coefficients['arm', c('t value', 'Pr(>|t|)', 'df')]
    """
    t, p, df = r("lmerTest", code, y=y, reader=reader, exam=exam, arm=arm)
    effect = mixed_model(y, {"reader": reader, "exam": exam}, {"arm": arm})["arm"]
    assert effect.statistic == pytest.approx(t, rel=5e-3)
    assert df > 90
    assert effect.p == pytest.approx(p, abs=2e-3)
