/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The commands of `hearsay`, in the order in which --help lists them. */

#pragma once

#include "app/cli/cli.h"

G_BEGIN_DECLS

extern const AppCommand app_commands[]; /* ends with a NULL name */

int app_command_ask (int argc, char **argv);
int app_command_listen (int argc, char **argv);
int app_command_transcribe (int argc, char **argv);
int app_command_chat (int argc, char **argv);
int app_command_say (int argc, char **argv);
int app_command_speakers (int argc, char **argv);
int app_command_forget (int argc, char **argv);
int app_command_tokens (int argc, char **argv);
int app_command_models (int argc, char **argv);
int app_command_settings (int argc, char **argv);
int app_command_bench (int argc, char **argv);
int app_command_voice (int argc, char **argv);
int app_command_record (int argc, char **argv);
int app_command_who (int argc, char **argv);
int app_command_people (int argc, char **argv);
int app_command_serve (int argc, char **argv);
int app_command_engine (int argc, char **argv);
int app_command_verify (int argc, char **argv);
int app_command_doctor (int argc, char **argv);

G_END_DECLS
