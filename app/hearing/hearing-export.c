/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/hearing/hearing-export.h"
#include "app/base/json-write.h"

static char *
export_json (const AppHearing *hearing)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  app_hearing_build_json (hearing, APP_HEARING_WITH_WORDS, builder);
  root = json_builder_get_root (builder);
  return app_json_to_text (root);
}

/* Borrows the hearing's words, but for the texts, which name the speaker. */
static AudioTranscript *
make_transcript (const AppHearing *hearing)
{
  AudioTranscript *transcript = g_new0 (AudioTranscript, 1);

  g_strlcpy (transcript->language, hearing->language, sizeof transcript->language);
  transcript->seconds = hearing->seconds;
  transcript->segments = g_ptr_array_new_with_free_func ((GDestroyNotify) audio_segment_free);
  for (guint i = 0; i < hearing->segments->len; i++) {
    const AppHearingSegment *from = app_hearing_get (hearing, i);
    const AppHearingSpeaker *speaker =
        hearing->speakers->len > 1 ? app_hearing_get_speaker (hearing, from) : NULL;
    AudioSegment *segment = g_new0 (AudioSegment, 1);
    segment->start = from->start;
    segment->end = from->end;
    segment->text = speaker != NULL ? g_strdup_printf ("%s: %s", speaker->name, from->text)
                                    : g_strdup (from->text);
    g_ptr_array_add (transcript->segments, segment);
  }
  return transcript;
}

char *
app_hearing_export (const AppHearing *hearing, AppFormat format)
{
  g_autoptr (AudioTranscript) transcript = NULL;

  if (format == APP_FORMAT_JSON)
    return export_json (hearing);
  transcript = make_transcript (hearing);
  return app_transcript_format (transcript, format, hearing->title, NULL);
}
