/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Who speaks in several recordings: every speaker of each gets one letter for all of them, the same
 * letter where the embeddings say that it is the same voice.
 *
 * A recording that is added at the end changes no letter before it. Immutable once made.
 *
 *   g_autoptr (AppVoices) voices = app_voices_new (hearings, n_hearings);
 *   letter = 'A' + app_voices_get_index (voices, 1, 0);
 */

#pragma once

#include "app/hearing/hearing.h"

G_BEGIN_DECLS

typedef struct _AppVoices AppVoices;

/* hearings: borrowed; outlive the voices. */
AppVoices *app_voices_new (AppHearing *const *hearings, guint n_hearings);
void app_voices_free (AppVoices *voices);
guint app_voices_get_n (const AppVoices *voices);
/* Of the speaker of a recording; -1 for speaker -1. */
int app_voices_get_index (const AppVoices *voices, guint hearing, int speaker);
/* One of the speakers that have this index. (transfer none). */
const AppHearingSpeaker *app_voices_get_speaker (const AppVoices *voices, guint index);
/* How far two speakers' likeness is above what one person's would be, by what each says in all
 * (voiceprint.h); below 0: two people. NAN if one of the embeddings is not known. */
double app_voices_compare (const AppHearingSpeaker *a, const AppHearingSpeaker *b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppVoices, app_voices_free)

G_END_DECLS
