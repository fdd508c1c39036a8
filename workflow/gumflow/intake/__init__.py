"""From what the field or a text gives to the tables of a study: coded text, its verification and its reliability."""
