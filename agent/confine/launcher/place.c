#include "place.h"

#include <string.h>

#include "expand.h"
#include "memory.h"

char *with_user(const char *text, const struct user *user)
{
    char *result = keep_text("", 0);

    while (*text != '\0') {
        size_t plain = strcspn(text, "%");
        result = keep_format("%s%.*s", result, (int)plain, text);
        text += plain;
        if (*text == '\0')
            break;
        switch (text[1]) {
        case '%':
            result = keep_format("%s%%", result);
            break;
        case 'u':
            result = keep_format("%s%lu", result, (unsigned long)user->real);
            break;
        case 'e':
            result = keep_format("%s%lu", result, (unsigned long)user->effective);
            break;
        case 'h':
            if (user->home == NULL)
                return NULL;
            result = keep_format("%s%s", result, user->home);
            break;
        default:
            return NULL;
        }
        text += 2;
    }
    return result;
}

bool apply_settings(struct environment *environment, const struct launch *launch, const struct user *user,
                    bool (*is_directory)(const char *path), struct failure *failure)
{
    for (size_t i = 0; i < launch->setting_count; i++) {
        const struct setting *setting = &launch->settings[i];
        if (setting->kind == SETTING_USER && user->home == NULL)
            continue;
        char *value = setting->kind == SETTING_EXPAND ? expand(setting->value, environment, failure)
                                                      : with_user(setting->value, user);
        if (value == NULL) {
            if (setting->kind == SETTING_EXPAND)
                return false;
            return fail(failure, STATUS_FAILED, "its launch file is not valid: the value of %.64s", setting->name);
        }
        if (setting->kind == SETTING_DIRECTORY && !is_directory(value))
            continue;
        if (!environment_set(environment, setting->name, value, failure))
            return false;
    }
    return true;
}
