/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A word that no lexicon has, as espeak-ng would say it, in the symbols of audio/kokoro/kokoro.h.
 * Internal to audio/. espeak-ng keeps global state: one thread at a time.
 */

#pragma once

#include <glib.h>

/* American English. NULL if espeak-ng or its data is not there. (transfer full). */
char *audio_espeak_read_word (const char *word);
