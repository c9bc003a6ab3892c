/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Consent by voice: a fresh random sentence is shown, read into the microphone, and what was read
 * is checked by our own recogniser. A recording that somebody has of somebody else cannot hold it.
 *
 *   g_autofree char *path = app_own_voice_read_out (engine, sentence, NULL, &error);
 */

#pragma once

#include "app/engine/engine.h"

G_BEGIN_DECLS

/* (transfer full): a sentence of about 25 words; each choice is random. */
char *app_consent_sentence_new (void);
/* The part of the sentence's words that were not read, or read wrongly: 0 .. 1. */
double app_consent_compare (const char *sentence, const char *read);

/* Records until speech was followed by silence; the sentence has been shown before. (transfer
 * full): a file in the user's data folder, of mode 0600, for the caller to delete.
 * APP_ERROR_ARGUMENT: other words were read; AUDIO_ERROR_DEVICE and what else recording gives;
 * APP_ERROR_CANCELLED. */
char *app_own_voice_read_out (AppEngine *engine, const char *sentence, const char *device,
                              GError **error);

G_END_DECLS
