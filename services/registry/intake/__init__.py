"""What files that are taken in have in common: headers, issues of cells, the import and its report, the story."""
