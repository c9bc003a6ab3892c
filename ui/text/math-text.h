/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Formulas in LaTeX, as answers have them, as text: x² + y² ≤ r², (a + b)/2, √(1 − α).
 *
 * Letters of Greek, signs, superscripts and subscripts become Unicode's; fractions and roots are
 * written in a line. What there is no character for keeps its sign: x^(2k), a_(i,j); a command that
 * is not known stays as it is. Any bytes of valid UTF-8 may come. Pure functions; any thread.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* (transfer full): plain text. */
char *hs_math_to_text (const char *latex);
/* (transfer full): Markdown in which \(…\) and \[…\], but for those in code, are $…$ and $$…$$. */
char *hs_math_unify (const char *markdown);

G_END_DECLS
