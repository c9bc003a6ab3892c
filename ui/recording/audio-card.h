/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A recording of a message: its waveform, a player, how the voices sound, and what was said. */

#pragma once

#include <gtk/gtk.h>

#include "app/talks/conversations.h"

G_BEGIN_DECLS

#define HS_TYPE_AUDIO_CARD (hs_audio_card_get_type ())
G_DECLARE_FINAL_TYPE (HsAudioCard, hs_audio_card, HS, AUDIO_CARD, GtkBox)

/* Takes what it needs of the recording, and shows what was heard in it if that is in the store. */
GtkWidget *hs_audio_card_new (const AppRecording *recording);
gint64 hs_audio_card_get_recording (HsAudioCard *card);
/* What was heard has come into the store. */
void hs_audio_card_load_hearing (HsAudioCard *card);
/* Has the recording listened to, unless it was or is, or that has failed before. */
void hs_audio_card_listen (HsAudioCard *card);
void hs_audio_card_toggle_play (HsAudioCard *card);
/* Brings itself into view and plays the range. */
void hs_audio_card_play_range (HsAudioCard *card, double start, double end);

G_END_DECLS
