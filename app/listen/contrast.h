/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Where somebody's words and tone disagree: glad words in a sad voice, sad words in a glad one.
 *
 * The chat model says of the words alone whether they are negative, neutral or positive, for lines
 * whose emotion is certain and of a kind that can disagree; it is shown a few examples, which stay
 * in the cache of the side session, and a choice without a clear lead is neutral. Neutral words
 * disagree with no tone, and an uncertain emotion with no words.
 */

#pragma once

#include "app/engine/engine.h"

G_BEGIN_DECLS

/* Whether these words in this tone disagree. */
gboolean app_contrast_is (AppSentiment words, AudioEmotion tone);
/* What the model takes the words for; APP_SENTIMENT_UNKNOWN with an error. */
AppSentiment app_contrast_judge_words (AppEngine *engine, const char *words, GError **error);
/* Whether lines are still to be judged: of a Hearing from when no chat model was installed. */
gboolean app_contrast_is_open (const AppHearing *hearing);
/* Fills in the sentiment and is_contrast, where they are open, of a Hearing that nobody else reads
 * yet. Of the 100 lines whose emotion is most certain. Without such lines no model is asked, or
 * loaded. FALSE with an error. */
gboolean app_contrast_find (AppEngine *engine, AppHearing *hearing, GError **error);

G_END_DECLS
