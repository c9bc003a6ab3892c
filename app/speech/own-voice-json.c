/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/speech/own-voice-json.h"
#include "app/base/json-write.h"

static void
build_facts (JsonBuilder *builder, const AudioVoiceFacts *facts)
{
  app_json_add_string (builder, "stock", facts->stock);
  app_json_add_number (builder, "f0_factor", facts->f0_factor, 3);
  app_json_add_number (builder, "f0_spread", facts->f0_spread, 3);
  app_json_add_number (builder, "strength", facts->strength, 2);
  app_json_add_number (builder, "reference_s", facts->reference_s, 2);
  app_json_add_number (builder, "calibration_s", facts->calibration_s, 2);
  app_json_add_number (builder, "similarity", facts->score, 3);
  app_json_add_string (builder, "made", facts->date);
  app_json_add_string (builder, "made_from", facts->origin);
  app_json_add_string (builder, "made_with_attestation", facts->attestation);
}

void
app_voice_entry_build_json (const AppVoiceEntry *entry, JsonBuilder *builder)
{
  app_json_add_string (builder, "id", entry->id);
  app_json_add_string (builder, "origin", entry->origin);
  app_json_add_string (builder, "attestation", entry->attestation);
  app_json_add_string (builder, "date", entry->date);
  app_json_add_string (builder, "clips_sha256", entry->clips);
  app_json_add_string (builder, "revoked", entry->revoked[0] != '\0' ? entry->revoked : NULL);
}

void
app_own_voice_build_json (const AppOwnVoice *voice, JsonBuilder *builder)
{
  app_json_add_string (builder, "name", voice->name);
  app_json_add_string (builder, "problem", voice->problem);
  if (voice->entry != NULL)
    app_voice_entry_build_json (voice->entry, builder);
  if (voice->file != NULL)
    build_facts (builder, audio_voice_file_get_facts (voice->file));
}
