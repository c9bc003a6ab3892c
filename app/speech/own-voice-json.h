/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A voice of the user's as JSON: docs/json.md. Pure; the members go into an object that is open. */

#pragma once

#include <json-glib/json-glib.h>

#include "app/speech/own-voice.h"

G_BEGIN_DECLS

void app_own_voice_build_json (const AppOwnVoice *voice, JsonBuilder *builder);
/* All of an entry but its name. */
void app_voice_entry_build_json (const AppVoiceEntry *entry, JsonBuilder *builder);

G_END_DECLS
