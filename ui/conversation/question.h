/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Questions on their way into the store. */

#pragma once

#include <gio/gio.h>

#include "app/talks/conversations.h"

G_BEGIN_DECLS

/* Adds what a person said to a conversation: at the end of the branch that is shown, or, where
 * beside is not 0, as another wording of that message, with its recordings. *talk 0: a conversation
 * is begun, with a title, and *talk set. files: of GFile. The id of the message, or 0 with an
 * error; with an id and an error a file could not be attached. */
gint64 hs_question_add (gint64 *talk, gint64 beside, const char *text, GListModel *files,
                        GError **error);

G_END_DECLS
