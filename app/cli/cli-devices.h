/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Microphones as `hearsay record --list-devices` and `hearsay doctor` show them. */

#pragma once

#include <json-glib/json-glib.h>

#include "audio/sound/capture.h"

G_BEGIN_DECLS

/* (transfer full): one line, without a newline. */
char *app_device_format (const AudioDevice *device);
/* An array; empty if devices (of AudioDevice) is NULL. */
void app_devices_build_json (GPtrArray *devices, JsonBuilder *builder);

G_END_DECLS
