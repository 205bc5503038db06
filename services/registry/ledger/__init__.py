"""The follow-up of households and problems: cases opened by leads or by hand."""
