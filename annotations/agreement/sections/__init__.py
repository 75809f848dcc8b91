"""The parts of an analysis beside the pairs: each takes `Readings` and answers with rows of plain JSON
values, or with the reason why it has nothing to say."""
