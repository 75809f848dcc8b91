# Recomputes the figures of this report from readings.csv: `Rscript recompute.R` writes recomputed-R.csv.
# Base R alone. Resampled figures (boot_ci, boot_p) agree within Monte-Carlo error, all others to rounding.

@@PLAN@@

argument <- grep("^--file=", commandArgs(FALSE), value = TRUE)
here <- if (length(argument)) dirname(normalizePath(sub("^--file=", "", argument[1]))) else "."
table <- read.csv(file.path(here, "readings.csv"), colClasses = "character", check.names = FALSE,
                  na.strings = character(0), encoding = "UTF-8")
table <- table[table$grade != "", ]
key <- do.call(paste, c(table[unique(c(cluster, unit))], sep = "\r"))
cluster_of <- setNames(table[[cluster]], key)[!duplicated(key)]
units <- unique(key)
slot <- function(reader, arm) if (nzchar(baseline) && reader == baseline) arms[1] else arm
answers <- function(reader, arm) {
  own <- table$reader == reader & table$arm == slot(reader, arm)
  table$grade[own][match(units, key[own])]
}

kappa <- function(t, w = diag(nrow(t))) {
  p <- t / sum(t)
  pe <- sum(w * outer(rowSums(p), colSums(p)))
  (sum(w * p) - pe) / (1 - pe)
}
weights <- function(k, power) 1 - (abs(outer(1:k, 1:k, "-")) / (k - 1))^power
gwet <- function(t) {
  p <- t / sum(t)
  m <- (rowSums(p) + colSums(p)) / 2
  chance <- sum(m * (1 - m)) / (nrow(t) - 1)
  (sum(diag(p)) - chance) / (1 - chance)
}
scores <- function(tables) {
  pooled <- Reduce(`+`, tables)
  p <- pooled / sum(pooled)
  po <- sum(diag(p))
  pe <- sum(rowSums(p) * colSums(p))
  slope <- (diag(nrow(p)) * (1 - pe) - (1 - po) * outer(colSums(p), rowSums(p), "+")) / (1 - pe)^2
  sapply(tables, function(t) sum((t - sum(t) * p) * slope)) / sum(pooled)
}
eliasziw <- function(counts, plain) {
  size <- rowSums(counts)
  moved <- counts[, 2] + counts[, 3]
  n <- nrow(counts)
  changed <- sum(moved > 0)
  mean_size <- mean(size)
  typical <- mean_size - sum((size - mean_size)^2) / (n * (n - 1) * mean_size)
  share <- colSums(counts) / sum(size)
  between <- sum((counts - outer(size, share))^2 / size) / n
  within <- sum(counts * (size - counts) / size) / (n * (mean_size - 1))
  rho <- (between - within) / (between + (typical - 1) * within)
  rho_moved <- rho / (rho + (share[2] + share[3]) * (1 - rho))
  average <- sum(moved) / changed
  spread <- sum((moved - average)^2) - (n - changed) * average^2
  adjusted <- average - spread / (changed * (changed - 1) * average)
  unname(plain / (1 + (adjusted + changed * (average - adjusted) - 1) * rho_moved))
}

of_pair <- function(first, second) {
  graded <- lapply(arms, function(arm) list(answers(first, arm), answers(second, arm)))
  complete <- Reduce(`&`, lapply(unlist(graded, recursive = FALSE), function(x) !is.na(x)))
  if (!any(complete)) return(list())
  group <- factor(cluster_of[units][complete])
  graded <- lapply(graded, lapply, function(x) factor(x[complete], levels = categories))
  found <- list()
  by_arm <- function(f) sapply(graded, f)
  tables <- lapply(graded, function(g) {
    counts <- table(g[[1]], g[[2]], group)
    lapply(seq_len(dim(counts)[3]), function(i) unclass(counts[, , i]))
  })
  pooled <- lapply(tables, function(t) Reduce(`+`, t))
  for (i in seq_along(arms)) found[[paste0("kappa_", arms[i])]] <- kappa(pooled[[i]])
  merged <- function(t) matrix(c(t[1, 1], sum(t[-1, 1]), sum(t[1, -1]), sum(t[-1, -1])), 2)
  found$kappa_presence_only <- sapply(pooled, function(t) kappa(merged(t)))
  found$kappa_linear <- sapply(pooled, kappa, w = weights(length(categories), 1))
  found$kappa_quadratic <- sapply(pooled, kappa, w = weights(length(categories), 2))
  found$gwet_ac1 <- sapply(pooled, gwet)
  if (length(arms) == 1) return(found)
  n <- nlevels(group)
  delta <- kappa(pooled[[2]]) - kappa(pooled[[1]])
  se <- sqrt(n / (n - 1) * sum((scores(tables[[2]]) - scores(tables[[1]]))^2))
  agree <- lapply(graded, function(g) as.character(g[[1]]) == as.character(g[[2]]))
  kind <- factor(ifelse(agree[[1]], ifelse(agree[[2]], 1, 2), ifelse(agree[[2]], 3, 4)), levels = 1:4)
  counts <- unclass(table(group, kind))
  b <- sum(counts[, 2]); c <- sum(counts[, 3])
  found$delta <- delta; found$b <- b; found$c <- c; found$delta_se_cluster <- se
  found$delta_p_wald_cluster <- 2 * pnorm(-abs(delta) / se)
  found$delta_p_T2 <- 2 * pt(-abs(delta) / se, n - 1)
  found$exact <- if (b + c) binom.test(b, b + c)$p.value else 1
  found$midp <- if (b + c == 0) 1 else if (b == c) 1 - dbinom(b, b + c, 0.5) / 2 else
    found$exact - dbinom(min(b, c), b + c, 0.5)
  square <- matrix(c(0, c, b, 0), 2)
  found$p <- if (b + c) mcnemar.test(square, correct = FALSE)$p.value else 1
  found$p_cc <- if (b != c) mcnemar.test(square, correct = TRUE)$p.value else 1
  size <- rowSums(counts); net <- counts[, 2] - counts[, 3]
  around <- net - size * sum(net) / sum(size); rate <- net / size
  upper <- function(chi) unname(pchisq(chi, 1, lower.tail = FALSE))
  found$p_obuchowski <- upper((n - 1) / n * sum(net)^2 / sum(net^2))
  found$p_durkalski <- upper(sum(rate)^2 / sum(rate^2))
  found$p_eliasziw <- upper(eliasziw(counts, sum(net)^2 / max(b + c, 1)))
  found$p_yang <- upper(2 * (n - 1) / n * sum(net)^2 / (sum(around^2) + sum(net^2)))
  set.seed(seed)
  flat <- lapply(tables, function(t) t(sapply(t, as.vector)))
  k <- length(categories)
  change <- replicate(resamples, {
    drawn <- tabulate(sample.int(n, n, replace = TRUE), n)
    kappa(matrix(drawn %*% flat[[2]], k)) - kappa(matrix(drawn %*% flat[[1]], k))
  })
  change <- change[is.finite(change)]
  tail <- (1 - confidence) / 2
  found$boot_ci <- unname(quantile(change, c(tail, 1 - tail)))
  found$boot_p <- min(1, 2 * (1 + min(sum(change <= 0), sum(change >= 0))) / (length(change) + 1))
  found
}

rows <- do.call(rbind, lapply(pairs, function(pair) {
  found <- of_pair(pair[1], pair[2])
  if (!length(found)) return(NULL)
  data.frame(pair = paste(pair, collapse = "-"), figure = rep(names(found), lengths(found)),
             part = unlist(lapply(found, function(x) seq_along(x) - 1)),
             value = format(unlist(found), digits = 17, trim = TRUE), row.names = NULL)
}))
write.csv(rows, file.path(here, "recomputed-R.csv"), row.names = FALSE, quote = TRUE)
