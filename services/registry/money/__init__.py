"""What money and leaving support ask for across the nouns: clocks, funds, flows, exits, recoveries."""
