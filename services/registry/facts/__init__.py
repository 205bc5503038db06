"""What payments, registers, phase-outs, incomes and exits say of people, for the screens of the matcher."""
