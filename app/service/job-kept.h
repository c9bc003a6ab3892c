/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the jobs of the engine keep for each other. */

#pragma once

#include "app/answer/conversation.h"
#include "app/service/job.h"
#include "app/speech/say.h"

G_BEGIN_DECLS

struct _AppJobKept {
  AppConversation *conversation; /* the latest, or NULL */
  char *system;                  /* its instructions, or NULL */
  GPtrArray *keys;               /* of its turns, as texts */
  AppVoiceModels *voice;         /* or NULL */
};

/* (transfer none): the voice, loaded on first use. */
AppVoiceModels *app_job_get_voice_models (AppJob *job, GError **error);

G_END_DECLS
