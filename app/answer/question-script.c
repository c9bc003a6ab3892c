/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/answer/question-script.h"

AudioScript
app_question_script_find (const char *question)
{
  AudioScript script = AUDIO_SCRIPT_AS_IS;

  audio_script_recognise (question, &script, NULL);
  return script;
}

void
app_question_script_simplify (AppConversation *conversation)
{
  const char *question = app_conversation_get_question (conversation);
  g_autoptr (AudioScriptConverter) converter = NULL;
  g_autofree char *simplified = NULL;

  if (app_conversation_get_n_lines (conversation) == 0
      || app_question_script_find (question) != AUDIO_SCRIPT_TRADITIONAL)
    return;
  converter = audio_script_converter_new (AUDIO_SCRIPT_SIMPLIFIED, NULL);
  if (converter == NULL)
    return;
  simplified = audio_script_converter_convert (converter, question);
  app_conversation_reword (conversation, simplified);
}
