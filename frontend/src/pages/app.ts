/** Every server-rendered page: Bootstrap's look and three small behaviours, switched on by data attributes. */

import "bootstrap/dist/css/bootstrap.min.css";
import "../styles/app.css";
import { confirmations } from "./behaviours/confirm";
import { polling } from "./behaviours/poll";
import { uploads } from "./behaviours/upload";

uploads(document);
polling(document);
confirmations(document);
