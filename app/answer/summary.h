/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A long recording in short: the parts it falls into, and what each is about.
 *
 * Made by the chat model, part after part (parts.h), since an hour does not fit its context, and
 * kept with the Hearing where that is kept. A question that needs the whole recording is then
 * answered from the summaries of all parts.
 *
 *   g_autoptr (AppSummary) summary = app_summary_get (engine, hearing, passages, &error);
 */

#pragma once

#include "app/answer/conversation.h"
#include "app/engine/engine.h"

G_BEGIN_DECLS

typedef struct {
  guint first, n; /* lines */
  guint line;     /* the one that the summary is most like */
  char *text;
} AppSummaryPart;

typedef struct {
  GPtrArray *parts; /* of AppSummaryPart, in order, at least one */
} AppSummary;

/* (transfer full): what was kept, or made now, with the engine's progress. passages: of the
 * hearing. APP_ERROR_CANCELLED, and what the layers below have to say of models and memory. */
AppSummary *app_summary_get (AppEngine *engine, AppHearing *hearing, AppPassages *passages,
                             GError **error);
void app_summary_free (AppSummary *summary);
/* (transfer full): lines for a prompt, "3. [12:05-18:30] ...". */
char *app_summary_format (const AppSummary *summary, const AppHearing *hearing);

/* Puts what their parts are about in the place of those recordings of a conversation of which the
 * latest prompt has only some lines; appends a line of each part (guint, as in evidence.h) to
 * `lines`, and " [12:05-18:30]", when it is, to `times`. FALSE as app_summary_get(). */
gboolean app_summary_stand_in (AppEngine *engine, AppConversation *conversation, GArray *lines,
                               GPtrArray *times, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppSummary, app_summary_free)

G_END_DECLS
