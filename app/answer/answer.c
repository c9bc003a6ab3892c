/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/answer/ask.h"

void
app_answer_free (AppAnswer *answer)
{
  if (answer == NULL)
    return;
  g_free (answer->text);
  g_free (answer->thought);
  g_clear_pointer (&answer->evidence, g_array_unref);
  g_free (answer);
}

void
app_answer_build_evidence_json (const AppAnswer *answer, const AppConversation *conversation,
                                gboolean with_file, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "evidence");
  json_builder_begin_array (builder);
  for (guint i = 0; i < answer->evidence->len; i++) {
    AppHearing *hearing;
    const AppHearingSegment *line = app_conversation_get_line (
        conversation, g_array_index (answer->evidence, guint, i), &hearing);

    app_hearing_segment_build_json (hearing, line, with_file ? hearing->title : NULL, builder);
  }
  json_builder_end_array (builder);
}
