/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a new voice is made of: its name, whose it is, recordings, a sentence to be read.
 *
 * Signal: "make" (): what is needed has been given; the window closes after it.
 */

#pragma once

#include <adwaita.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define HS_TYPE_VOICE_DIALOG (hs_voice_dialog_get_type ())
G_DECLARE_FINAL_TYPE (HsVoiceDialog, hs_voice_dialog, HS, VOICE_DIALOG, AdwWindow)

HsVoiceDialog *hs_voice_dialog_new (GtkWindow *parent);
const char *hs_voice_dialog_get_name (HsVoiceDialog *dialog);
/* (transfer none) (nullable): what is to be read into the microphone. */
const char *hs_voice_dialog_get_sentence (HsVoiceDialog *dialog);
/* (transfer full): for the task "voice" of docs/engine.md. */
JsonNode *hs_voice_dialog_build_request (HsVoiceDialog *dialog);

G_END_DECLS
