"""Reports over a currency as pages: a chart, its figures, and what each figure counts."""
