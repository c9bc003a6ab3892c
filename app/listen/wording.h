/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Which words were said where the sound leaves it open: of the texts that the recogniser finds for
 * a piece of speech and that sound about equally likely, the one that is likeliest as language too.
 * The chat model tells that: "patience is genius" and "patience as genius" sound alike, and only
 * one of them says something. Where it cannot be had, the sound decides. One thread, the engine's.
 *
 *   g_autoptr (AppWording) wording = app_wording_new (engine);
 *   options.on_alternatives = app_wording_choose;
 *   options.alternatives_data = wording;
 */

#pragma once

#include "app/engine/engine.h"

G_BEGIN_DECLS

/* Texts between which the language decides. */
#define APP_WORDING_MAX_NEAR 3

typedef struct _AppWording AppWording;

AppWording *app_wording_new (AppEngine *engine);
void app_wording_free (AppWording *wording);
/* An AudioOnAlternatives; its user_data is the AppWording. */
int app_wording_choose (const AudioAlternative *alternatives, int n, gpointer user_data);

/* The places, in their order, of those that sound about as likely as the best; figures for words
 * are no other wording. Returns how many, at least one. */
int app_wording_find_near (const AudioAlternative *alternatives, int n, int *places);
/* The place of the likeliest by sound and language: log_probabilities are the language's. */
int app_wording_weigh (const AudioAlternative *alternatives, const int *places,
                       const double *log_probabilities, int n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppWording, app_wording_free)

G_END_DECLS
