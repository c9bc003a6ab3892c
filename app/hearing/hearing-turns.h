/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Who says which words: segments of a transcript meet the turns of the speakers.
 *
 * Each word goes to whose turn it overlaps most, or the nearest; a segment is cut where the speaker
 * changes. The times of words are good to a tenth or two of a second, so a change of
 * speaker is only believed for as long as a word takes. Pure functions.
 */

#pragma once

#include "app/hearing/hearing.h"
#include "audio/speaker/diarise.h"

G_BEGIN_DECLS

/* For whoever makes a Hearing, before others read it. Its speakers become those who say words of
 * it, named "A", "B", ... in order of appearance. */
void app_hearing_assign_speakers (AppHearing *hearing, const AudioDiarisation *diarisation);

G_END_DECLS
