/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What texts mean, as vectors: texts about the same lie in the same direction, whatever their words
 * and their language.
 *
 * The vector of a text is the weighted mean of the chat model's own embedding rows of its tokens,
 * each of unit length; rare tokens count more, a / (a + p(token)), and what all texts of a set have
 * in common, their first principal components, is taken away (Arora, Liang & Ma 2017). How frequent
 * a token is follows from its id, since byte pair vocabularies list merges by frequency (Zipf).
 * It costs next to nothing: no layer of the model is run. docs/long-recordings.md has the
 * measurements, also against hidden states. Pure functions of the model; one thread at a time.
 *
 *   g_autoptr (AppMeaning) meaning = app_meaning_new (model, texts, n_texts);
 *   app_meaning_compare (meaning, "Who pays?", similarities);
 */

#pragma once

#include "llm/decoder/model.h"

G_BEGIN_DECLS

typedef struct _AppMeaning AppMeaning;

/* texts: n_texts of them, which later ones are compared with. The model is referenced. */
AppMeaning *app_meaning_new (LlmModel *model, const char *const *texts, guint n_texts);
void app_meaning_free (AppMeaning *meaning);
/* similarities: n_texts cosines, -1 to 1, of the text with each. */
void app_meaning_compare (const AppMeaning *meaning, const char *text, float *similarities);
/* The cosine of what `width` texts before text `index` mean and what the `width` from it on mean;
 * fewer at the ends. */
float app_meaning_compare_sides (const AppMeaning *meaning, guint index, guint width);

/* The cosine of what text `index` means and what the texts from `first` up to `end` mean. */
float app_meaning_compare_with_range (const AppMeaning *meaning, guint index, guint first,
                                      guint end);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppMeaning, app_meaning_free)

G_END_DECLS
