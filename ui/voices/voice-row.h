/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A voice of the user's own: where it comes from, how alike it is, hearing it, revoking, deleting.
 *
 * Signals: "changed" (): it was revoked or deleted; "previewing" (): it begins to be heard.
 */

#pragma once

#include <adwaita.h>

#include "app/speech/own-voice.h"

G_BEGIN_DECLS

#define HS_TYPE_VOICE_ROW (hs_voice_row_get_type ())
G_DECLARE_FINAL_TYPE (HsVoiceRow, hs_voice_row, HS, VOICE_ROW, AdwExpanderRow)

HsVoiceRow *hs_voice_row_new (const AppOwnVoice *voice);
void hs_voice_row_update (HsVoiceRow *row, const AppOwnVoice *voice);
/* Ends the preview. */
void hs_voice_row_stop (HsVoiceRow *row);

G_END_DECLS
