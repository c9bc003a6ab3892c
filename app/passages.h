/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Which lines of a recording a text is about: a question, when not all lines fit the context; an
 * answer, when its evidence is looked for.
 *
 * Lines are scored by the words they share with the question, rare words counting more (BM25,
 * Robertson & Zaragoza 2009); words are runs of letters without case, and single characters in
 * scripts that write without spaces. Chosen lines bring their neighbours. Pure functions.
 */

#pragma once

#include "app/hearing.h"

G_BEGIN_DECLS

typedef struct {
  double score; /* 0: no word in common */
  guint index;  /* of the segment */
} AppPassage;

/* (transfer full): a GArray of AppPassage, all segments, best first. */
GArray *app_passages_rank (const AppHearing *hearing, const char *text);

/* costs: positions that each segment takes; budget: positions there are. (transfer full): one
 * gboolean per segment. Lines are taken by score, each with the line before and after it; where
 * nothing matches, evenly over the recording. */
gboolean *app_passages_select (const AppHearing *hearing, const char *question, const int *costs,
                               int budget);

G_END_DECLS
