/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Which lines of a recording a text is about: a question, when not all lines fit the context; an
 * answer, when its evidence is looked for.
 *
 * The lines are indexed twice, in memory, so that the index is never older than the Hearing and
 * leaves nothing on the disk. By words: SQLite's full-text search finds lines that share word stems
 * with the text, rare ones counting more (BM25, Robertson & Zaragoza 2009); scripts that write
 * without spaces are searched by single characters and pairs. By meaning: meaning.h. The two orders
 * are fused by reciprocal rank (Cormack et al. 2009). An index belongs to one thread.
 *
 *   g_autoptr (AppPassages) passages = app_passages_new (hearing, model);
 *   g_autofree gboolean *selected = app_passages_select (passages, question, costs, 2000);
 */

#pragma once

#include "app/hearing/hearing.h"
#include "llm/decoder/model.h"

G_BEGIN_DECLS

typedef struct _AppPassages AppPassages;

typedef struct {
  double score; /* the higher the better */
  guint index;  /* of the segment */
} AppPassage;

/* model: the chat model, whose embeddings tell the meaning, or NULL for words alone. Both are
 * referenced. */
AppPassages *app_passages_new (AppHearing *hearing, LlmModel *model);
void app_passages_free (AppPassages *passages);
/* How much what is said before line `index` is like what is said from it on, -1 to 1, in `width`
 * lines on each side; 0 without a model. */
float app_passages_compare_sides (const AppPassages *passages, guint index, guint width);

/* Which of two ranges of lines, each from its first up to its end, a line is more like: above 0 the
 * second; 0 without a model. */
float app_passages_compare_ranges (const AppPassages *passages, guint index, const guint first[2],
                                   const guint second[2]);

/* (transfer full): GArrays of AppPassage, all segments, best first. By words, the score is 0 where
 * no word is shared; by meaning, it is a cosine; fused, a sum of reciprocal ranks. */
GArray *app_passages_rank_by_words (AppPassages *passages, const char *text);
GArray *app_passages_rank_by_meaning (AppPassages *passages, const char *text);
GArray *app_passages_rank (AppPassages *passages, const char *text);
/* How much of a text's words one line has, rare ones counting more: 0 to 1. */
double app_passages_get_coverage (AppPassages *passages, const char *text);

/* costs: positions that each segment takes; budget: positions there are. (transfer full): one
 * gboolean per segment. Lines are taken in their order of rank, the best with the lines before and
 * after them; where no more are about the question, evenly over the recording. */
gboolean *app_passages_select (AppPassages *passages, const char *question, const int *costs,
                               int budget);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppPassages, app_passages_free)

G_END_DECLS
