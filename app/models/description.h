/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the program is and has, as JSON: docs/engine.md, "describe". Any thread. */

#pragma once

#include <json-glib/json-glib.h>

#include "app/models/model-store.h"

G_BEGIN_DECLS

/* An object, as in "models list" of docs/json.md. */
void app_model_build_json (const AppModel *model, JsonBuilder *builder);
/* The members about program, machine, memory and store, in the object that the builder is in.
 * n_threads: 0 for as many as there are cores. */
void app_description_build_json (int n_threads, JsonBuilder *builder);

G_END_DECLS
