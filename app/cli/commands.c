/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli/commands.h"

const AppCommand app_commands[] = {
  { "ask", "FILE… QUESTION", "Listen to recordings and answer a question", app_command_ask },
  { "listen", "FILE…", "Say what was said in recordings, how, and by whom", app_command_listen },
  { "transcribe", "FILE…", "Write down what is said in recordings", app_command_transcribe },
  { "chat", NULL, "Talk, turn after turn, about recordings or anything else", app_command_chat },
  { "say", "TEXT", "Speak a text or a script, aloud or into a file", app_command_say },
  { "voice", "[list|add|show|compare|export|import|ledger|revoke|remove] [NAME] [FILE…]",
    "Make voices from recordings, with consent, and look after them", app_command_voice },
  { "record", "FILE", "Record from a microphone", app_command_record },
  { "speakers", "FILE", "Say who speaks in a recording, and give them names",
    app_command_speakers },
  { "who", "FILE…", "Say whether recordings are of the same speaker", app_command_who },
  { "people", "[list|add|remove|rename] [NAME] [FILE…]",
    "Enrol people, with their consent, so that they are recognised", app_command_people },
  { "verify", "FILE…", "Say whether recordings were made by this program", app_command_verify },
  { "forget", "FILE…|--all", "Delete what is kept about recordings", app_command_forget },
  { "tokens", "FILE", "Show a recording as text and audio tokens", app_command_tokens },
  { "models", "[list|install|verify|remove|add|default] [ID…]", "Install, check and remove models",
    app_command_models },
  { "settings", "[NAME on|off]", "Show or change what holds for all commands",
    app_command_settings },
  { "bench", NULL, "Measure how fast the engine is on this machine", app_command_bench },
  { "engine", "--fd N", "Serve a window that started this program", app_command_engine },
  { "doctor", NULL, "Say what the program finds on this machine", app_command_doctor },
  { NULL, NULL, NULL, NULL },
};
