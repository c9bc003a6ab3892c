/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What was heard, in words for people. Pure functions. */

#pragma once

#include "app/hearing/hearing.h"

G_BEGIN_DECLS

/* (transfer none): "happy", in the user's language. */
const char *hs_emotion_get_name (AudioEmotion emotion);
/* The likeliest one. */
AudioEmotion hs_emotion_find_likeliest (const AudioAttributes *attributes);
/* (transfer full): "happy 72%", or "uncertain: perhaps happy 41%, else sad". */
char *hs_emotion_describe (const AudioAttributes *attributes);
/* (transfer full): length, language and voices in a line. */
char *hs_hearing_describe (const AppHearing *hearing);

G_END_DECLS
